import type { AuthoredSource } from '../authored/source.js';
import { parseRepositoryUrl } from '../git/repository-url.js';
import type { Accept } from './check.js';

/** The source of `VIGIL_MANIFESTS`. */
const RESERVED_NAME = 'default';

/** What holds between the fields of a source. */
export function checkSource({ metadata, spec }: AuthoredSource, report: Accept): void {
  if (metadata.name === RESERVED_NAME) {
    const message = `found "${RESERVED_NAME}", expected another name: that one is the source of VIGIL_MANIFESTS`;
    report('error', ['metadata', 'name'], message);
  }
  const chosen = Object.entries(spec.ref).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (chosen.length > 1) {
    const message = `found ${chosen.join(' and ')}, expected at most one of branch, tag, semver and commit`;
    report('error', ['spec', 'ref'], message);
  }
  checkCredentials(spec, report);
  checkSigners(spec, report);
}

function checkSigners({ verify, signers }: AuthoredSource['spec'], report: Accept): void {
  const hasSigners = signers?.gpg !== undefined || signers?.ssh !== undefined;
  if (verify !== undefined && !hasSigners) {
    const message = 'found nothing, expected the public keys (gpg, ssh) of who may sign';
    report('error', ['spec', 'signers'], message);
  }
  if (verify === undefined && signers !== undefined) {
    const message = 'found signers without verify: required, expected both or none';
    report('error', ['spec', 'signers'], message);
  }
}

/** What the protocol does not use is a mistake: it would be thought to protect. */
function checkCredentials(spec: AuthoredSource['spec'], report: Accept): void {
  const protocol = parseRepositoryUrl(spec.url)?.protocol;
  if (protocol === undefined) return;
  const unused = (field: 'ssh' | 'https' | 'ca', wanted: string) => {
    if (spec[field] === undefined || protocol === wanted) return;
    const message = `found ${field} beside a URL of ${protocol}, expected it only with ${wanted}`;
    report('error', ['spec', field], message);
  };
  unused('ssh', 'ssh');
  unused('https', 'https');
  unused('ca', 'https');
  if (protocol === 'ssh' && spec.ssh === undefined) {
    const message = 'found nothing, expected privateKey and knownHosts for a URL of ssh';
    report('error', ['spec', 'ssh'], message);
  }
}
