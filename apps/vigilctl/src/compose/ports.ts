import type { Field } from './field.js';

/** The published ports as a manifest says them: `80`, `8080:80`, `127.0.0.1:8080:80`, `53:53/udp`. */
export function portsOf(field: Field): string[] {
  return field.list().flatMap((port) => (port.isText ? shortPort(port) : longPort(port)));
}

function shortPort(field: Field): string[] {
  const match = /^(?:(\[.*\]|[^:]*):)??(?:(\d*)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(
    field.text(),
  );
  if (match === null) {
    field.error(`found ${field.text()}, expected ports such as 8080:80`);
    return [];
  }
  const [, address, from = '', to, port = '', lastPort, protocol = 'tcp'] = match;
  if (!isPublishable(field, protocol)) return [];
  const count = Number(lastPort ?? port) - Number(port) + 1;
  const isOneOfSeveral = from !== '' && to !== undefined && count === 1;
  if (isOneOfSeveral) {
    field.warn('a manifest fixes one host port, not some of several: it is left to be chosen');
  }
  return Array.from({ length: count }, (_, index) => {
    const published = from === '' || isOneOfSeveral ? '' : String(Number(from) + index);
    return portText({ address, published, port: String(Number(port) + index), protocol });
  });
}

function longPort(field: Field): string[] {
  const [protocol, address, published] = ['protocol', 'host_ip', 'published'].map((key) => {
    const value = field.get(key);
    return value.isAbsent ? undefined : value.text();
  });
  if (!isPublishable(field, protocol ?? 'tcp')) return [];
  for (const [key, item] of field.entries()) {
    if (!['target', 'published', 'protocol', 'host_ip', 'mode', 'name'].includes(key)) {
      item.warn('a manifest does not say it: made anew, the container would be without it');
    }
  }
  const port = field.get('target').text();
  return [portText({ address, published: published ?? '', port, protocol: protocol ?? 'tcp' })];
}

interface PortParts {
  /** Also empty, where a variable that may name one has no value: every address. */
  readonly address: string | undefined;
  /** Empty: to be chosen. */
  readonly published: string;
  readonly port: string;
  readonly protocol: string;
}

function portText({ address = '', published, port, protocol }: PortParts): string {
  const isBare = address.includes(':') && !address.startsWith('[');
  const onHost = address === '' ? '' : `${isBare ? `[${address}]` : address}:`;
  const text = onHost === '' && published === '' ? port : `${onHost}${published}:${port}`;
  return protocol === 'udp' ? `${text}/udp` : text;
}

function isPublishable(field: Field, protocol: string): boolean {
  if (protocol === 'tcp' || protocol === 'udp') return true;
  field.warn(`a manifest publishes ports of TCP and UDP only: ${protocol} is left out`);
  return false;
}
