import { BaseRpcContext } from '@nestjs/microservices';
import { withCorrelation } from '@vigil/service';

export interface MessageFacts {
  readonly subject: string;
  /** What stands in the placeholders of the contract's subject, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly correlationId: string | undefined;
  /** Service that sent it. */
  readonly sender: string | undefined;
  /** Position in the stream; 0 for what is in no stream. */
  readonly sequence: number;
  /** When the stream took it, Unix ms, by the server's clock; for what is in no stream, when it arrived. */
  readonly timestamp: number;
  /** 1 for the first delivery. */
  readonly deliveryCount: number;
}

/** What a handler may want to know about a message beside its payload: its second argument. */
export class MessageContext extends BaseRpcContext<[MessageFacts]> {
  constructor(readonly facts: MessageFacts) {
    super([facts]);
  }

  get subject(): string {
    return this.facts.subject;
  }

  get params(): Readonly<Record<string, string>> {
    return this.facts.params;
  }

  get correlationId(): string | undefined {
    return this.facts.correlationId;
  }

  get sender(): string | undefined {
    return this.facts.sender;
  }

  get sequence(): number {
    return this.facts.sequence;
  }

  get timestamp(): number {
    return this.facts.timestamp;
  }

  get deliveryCount(): number {
    return this.facts.deliveryCount;
  }
}

/** What a reader of a stream may want to know. */
export class OrderedMessageContext extends MessageContext {
  constructor(
    facts: MessageFacts,
    /**
     * How long the message had lain in the stream, ms: what was there before reading began, or began
     * again after a lost connection, is as old as it is, whatever the clocks of server and reader
     * say; 0 for what arrives.
     */
    readonly ageMs: number,
  ) {
    super(facts);
  }
}

/** Runs the handling of a message so that what it logs and publishes carries the message's correlation id. */
export function inCorrelationOf<Result>(context: MessageContext, handle: () => Result): Result {
  const { correlationId } = context;
  return correlationId === undefined ? handle() : withCorrelation(correlationId, handle);
}
