import type { ComposeOrigin } from '@vigil/contracts';

const PREFIX = 'com.docker.compose.';

/**
 * What Compose has written on a container of one of its services; undefined for any other container,
 * also for one of `docker compose run`, which is no replica of the service.
 */
export function composeOrigin(labels: Readonly<Record<string, string>>): ComposeOrigin | undefined {
  const label = (name: string) => labels[`${PREFIX}${name}`] ?? '';
  const [project, service] = [label('project'), label('service')];
  if (project === '' || service === '' || label('oneoff').toLowerCase() === 'true')
    return undefined;
  const number = Number(label('container-number'));
  return {
    project,
    service,
    number: Number.isSafeInteger(number) ? number : 0,
    dependsOn: dependencies(label('depends_on')),
  };
}

/** `db:service_healthy:false,cache:service_started:true`; the last word is about restarts. */
function dependencies(text: string): ComposeOrigin['dependsOn'] {
  return text
    .split(',')
    .map((entry) => entry.split(':'))
    .flatMap(([service = '', condition = '']) =>
      service === '' ? [] : [{ service, condition: condition || 'service_started' }],
    );
}
