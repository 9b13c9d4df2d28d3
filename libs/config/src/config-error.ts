/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** The variable, or `file: name` for a value of the YAML file. */
  readonly name: string;
  readonly found: string;
  readonly expected: string;
}

/** The configuration cannot be used. Shown to the operator without a stack trace. */
export class ConfigError extends Error {
  constructor(
    readonly service: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    super(
      [
        `${service} cannot start: its configuration is wrong.`,
        ...problems.map(
          ({ name, found, expected }) => `  ${name}: found ${found}, expected ${expected}`,
        ),
      ].join('\n'),
    );
    this.name = 'ConfigError';
  }
}
