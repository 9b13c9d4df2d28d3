/** What a person has to know about what was imported. */
export interface Note {
  /** `error`: the outcome would not be what runs. */
  readonly severity: 'warning' | 'error';
  /** Where it belongs, for example `services.web.hostname`, or the name of a container. */
  readonly place: string;
  readonly message: string;
}

export const UNSAYABLE =
  'cannot be said in a manifest; it is left as it is while the container lives';

/** Of a container whose engine does not keep it running. */
export const RESTART_POLICY_CHANGES =
  'what Vigil looks after is kept running: made anew, it has restart policy unless-stopped';

/** Of a volume that nobody has named. */
export const VOLUME_WITHOUT_NAME =
  'a volume without a name is kept when the container is made anew, and not declared';

/** Of a name that is not one of a manifest, or belongs to another: others in its networks may go by it. */
export function isRenamed(wanted: string, name: string): string {
  return `is named ${name} instead of ${wanted}, also in its networks once it is made anew`;
}
