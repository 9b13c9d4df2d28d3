import { Injectable } from '@nestjs/common';
import { readSecret } from '@vigil/config';
import { HttpProblem, Log } from '@vigil/service';
import { Sources } from '../sync/sources.js';
import { FORGES, type Delivery, type Forge } from './forge.js';
import { RecentDeliveries } from './recent-deliveries.js';
import { isWatched } from './watched-refs.js';

export type DeliveryOutcome =
  /** The source is being looked at. */
  { readonly outcome: 'accepted' } | { readonly outcome: 'ignored'; readonly reason: string };

/**
 * What a forge tells of a push makes its source be looked at now. Nothing else of it is believed: what is
 * in force comes from the repository alone.
 */
@Injectable()
export class ReceiveDelivery {
  private readonly recent = new RecentDeliveries();

  constructor(
    private readonly sources: Sources,
    private readonly log: Log,
  ) {}

  /** @throws HttpProblem 404 for a source without a webhook, 401 without proof, 400 for another payload */
  async execute(forgeName: string, source: string, delivery: Delivery): Promise<DeliveryOutcome> {
    const forge = forgeOf(forgeName);
    const { ref, secret } = await this.webhookOf(source);
    if (!forge.isFrom(delivery, secret)) {
      this.log.warn('a delivery of a webhook proves nothing', { source, forge: forgeName });
      throw new HttpProblem(401, {
        detail: `the header ${forge.proof} is not the one that the secret of source ${source} gives`,
      });
    }
    const event = forge.read(delivery, payloadOf(delivery));
    if (event === undefined) {
      throw new HttpProblem(400, { detail: `found no event of ${forgeName} that is understood` });
    }
    if (event.kind === 'ping') return ignored('the webhook works');
    if (event.kind === 'other') return ignored(`${event.name} is no push`);
    if (!isWatched(ref, event.refs)) return ignored('the source follows another ref');
    const id = forge.idOf(delivery);
    if (id !== undefined && !this.recent.take(`${source} ${id}`)) {
      return ignored('this delivery was taken before');
    }
    this.sources.get(source)?.trigger();
    return { outcome: 'accepted' };
  }

  private async webhookOf(name: string) {
    const spec = this.sources.declarationOf(name)?.spec;
    if (spec?.webhook === undefined) {
      throw new HttpProblem(404, { detail: `no source ${name} has a webhook` });
    }
    const secret = await readSecret(spec.webhook.secret.secretRef.file);
    if ('problem' in secret) {
      this.log.error(`the webhook of source ${name} cannot be used`, new Error(secret.problem));
      throw new HttpProblem(503, { detail: `the secret of source ${name} cannot be read` });
    }
    // whoever knows that there is none would be believed
    if (secret.value === '') {
      throw new HttpProblem(503, { detail: `the secret of source ${name} is empty` });
    }
    return { ref: spec.ref, secret: secret.value };
  }
}

function ignored(reason: string): DeliveryOutcome {
  return { outcome: 'ignored', reason };
}

function forgeOf(name: string): Forge {
  const forge = Object.hasOwn(FORGES, name) ? FORGES[name] : undefined;
  if (forge !== undefined) return forge;
  const known = Object.keys(FORGES).join(', ');
  throw new HttpProblem(404, { detail: `found the forge ${name}, expected one of ${known}` });
}

const FORM = /^application\/x-www-form-urlencoded\b/i;

/** GitHub and Gogs send forms as well, with the payload in a field. */
function payloadOf(delivery: Delivery): unknown {
  const text = Buffer.from(delivery.body).toString('utf8');
  const isForm = FORM.test(delivery.header('content-type') ?? '');
  try {
    return JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text);
  } catch {
    return undefined;
  }
}
