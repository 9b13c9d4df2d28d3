import type { Field } from './field.js';

/** The published ports as a manifest says them, `8080:80` or `80`. */
export function portsOf(field: Field): string[] {
  return field.list().flatMap((port) => (port.isText ? shortPort(port) : longPort(port)));
}

function shortPort(field: Field): string[] {
  const match = /^(?:(\[.*\]|[^:]+):)??(?:(\d*)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(
    field.text(),
  );
  if (match === null) {
    field.error(`found ${field.text()}, expected ports such as 8080:80`);
    return [];
  }
  const [, address, from, to, port = '', lastPort, protocol = 'tcp'] = match;
  if (!isTcp(field, protocol)) return [];
  if (address !== undefined) {
    field.warn(
      'a manifest publishes on every address of the host: made anew, the container would too',
    );
  }
  const count = Number(lastPort ?? port) - Number(port) + 1;
  if (from !== undefined && from !== '' && to !== undefined && count === 1) {
    field.warn('a manifest fixes one host port, not some of several: it is left to be chosen');
    return [port];
  }
  return Array.from({ length: count }, (_, index) => {
    const inside = String(Number(port) + index);
    return from === undefined || from === '' ? inside : `${Number(from) + index}:${inside}`;
  });
}

function longPort(field: Field): string[] {
  if (!isTcp(field, field.get('protocol').isAbsent ? 'tcp' : field.get('protocol').text()))
    return [];
  for (const [key, item] of field.entries()) {
    if (!['target', 'published', 'protocol', 'mode', 'name'].includes(key)) {
      item.warn('a manifest does not say it: made anew, the container would be without it');
    }
  }
  const target = field.get('target').text();
  const published = field.get('published');
  return [published.isAbsent ? target : `${published.text()}:${target}`];
}

function isTcp(field: Field, protocol: string): boolean {
  if (protocol === 'tcp') return true;
  field.warn(`a manifest publishes TCP ports only: ${protocol} is left out`);
  return false;
}
