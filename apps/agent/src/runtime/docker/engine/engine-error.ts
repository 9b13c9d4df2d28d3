/** The engine does not answer, or not in time: nothing is known of what it has. */
export class EngineAway extends Error {
  override readonly name = 'EngineAway';
}

/** The engine has answered that it will not, or cannot. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';

  constructor(
    /** Of HTTP. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** True for the answer that there is no such container, image or network. */
export function isNotFound(error: unknown): boolean {
  return error instanceof EngineRefusal && error.status === 404;
}

/** What an error of the client says about the engine. */
export function asEngineError(error: unknown): EngineAway | EngineRefusal {
  if (error instanceof EngineAway || error instanceof EngineRefusal) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const status = 'statusCode' in cause ? cause.statusCode : undefined;
  if (typeof status === 'number') return new EngineRefusal(status, reasonOf(cause));
  return new EngineAway(`the engine does not answer: ${cause.message}`, { cause });
}

/** The engine's own words, without those that the client puts before them. */
function reasonOf(cause: Error): string {
  const answer = 'json' in cause ? cause.json : undefined;
  if (typeof answer === 'object' && answer !== null && 'message' in answer) {
    if (typeof answer.message === 'string') return answer.message;
  }
  return cause.message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}
