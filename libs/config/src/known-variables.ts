/**
 * Every environment variable of Vigil. The launcher passes one environment to all processes, so a
 * service must not refuse what is meant for another one; it refuses what nobody knows, because a
 * misspelt variable that is silently ignored is a fault that shows much later.
 */
export const KNOWN_VARIABLES = [
  // of every service
  'DATABASE_URL',
  'NATS_URL',
  'VIGIL_HOME',
  'VIGIL_INSTANCE',
  'VIGIL_BIND',
  'VIGIL_LOG_LEVEL',
  'VIGIL_MODE',
  'VIGIL_NATS_REPLICAS',
  'VIGIL_ADMIN_KEY_FILE',
  // ports
  'VIGIL_COLLECTOR_PORT',
  'VIGIL_REMEDIATOR_PORT',
  'VIGIL_GITOPSD_PORT',
  'VIGIL_EVALUATOR_PORT',
  'VIGIL_NOTIFIER_PORT',
  'VIGIL_AGENT_PORT',
  'VIGIL_POSTGRES_PORT',
  'VIGIL_NATS_PORT',
  // collector
  'VIGIL_COMMAND_PUBLIC_KEY_FILE',
  'VIGIL_RETENTION',
  // gitopsd
  'VIGIL_MANIFESTS',
  'VIGIL_GIT_POLL_INTERVAL',
  // remediator
  'VIGIL_COMMAND_SIGNING_KEY_FILE',
  // agent
  'VIGIL_COLLECTOR_URL',
  'VIGIL_ENROLL_TOKEN',
  'VIGIL_AGENT_HOME',
  'VIGIL_AGENT_HOST',
  'VIGIL_METRICS_INTERVAL',
  'VIGIL_SPOOL_SIZE',
  'VIGIL_SPOOL_AGE',
  'VIGIL_ALLOWED_ACTIONS',
  'VIGIL_PORT_RANGE',
  'VIGIL_OUTPUT_SIZE',
  'VIGIL_DOCKER_HOST',
  // vigilctl
  'VIGIL_URL',
  'VIGIL_KEY',
] as const;

export type KnownVariable = (typeof KNOWN_VARIABLES)[number];
