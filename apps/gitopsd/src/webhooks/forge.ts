import { z } from 'zod';
import { isHmacOf, isSame } from './signature.js';

/** One request of a forge, before anything of it is believed. */
export interface Delivery {
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  readonly body: Uint8Array;
}

/** What a delivery that is believed is about. */
export type ForgeEvent =
  /** Full names of refs that were moved, made or deleted; undefined when it does not say. */
  | { readonly kind: 'push'; readonly refs: readonly string[] | undefined }
  /** Somebody tries the webhook out. */
  | { readonly kind: 'ping' }
  | { readonly kind: 'other'; readonly name: string };

/** How one kind of forge signs and tells. */
export interface Forge {
  /** The header that proves who sent it; for people. */
  readonly proof: string;
  isFrom(delivery: Delivery, secret: string): boolean;
  /** The same for each repetition of one delivery; undefined when the forge gives none. */
  idOf(delivery: Delivery): string | undefined;
  /** Undefined when the payload is not understood. */
  read(delivery: Delivery, payload: unknown): ForgeEvent | undefined;
}

const PREFIX = 'sha256=';

/** `sha256=` and hexadecimal digits; other algorithms are not taken. */
function isPrefixedHmac({ body }: Delivery, secret: string, signature = ''): boolean {
  if (!signature.startsWith(PREFIX)) return false;
  return isHmacOf(body, secret, signature.slice(PREFIX.length));
}

const Push = z.object({ ref: z.string() });

function readPush(payload: unknown): ForgeEvent | undefined {
  const push = Push.safeParse(payload);
  return push.success ? { kind: 'push', refs: [push.data.ref] } : undefined;
}

/** Pushes and pings by the name in a header; what else there is does not matter here. */
function byName(
  name: string | undefined,
  names: { readonly push: readonly string[]; readonly ping: readonly string[] },
  read: () => ForgeEvent | undefined,
): ForgeEvent | undefined {
  if (name === undefined) return undefined;
  if (names.ping.includes(name)) return { kind: 'ping' };
  return names.push.includes(name) ? read() : { kind: 'other', name };
}

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
const github: Forge = {
  proof: 'X-Hub-Signature-256',
  isFrom: (delivery, secret) =>
    isPrefixedHmac(delivery, secret, delivery.header('x-hub-signature-256')),
  idOf: (delivery) => delivery.header('x-github-delivery'),
  read: (delivery, payload) =>
    byName(delivery.header('x-github-event'), { push: ['push'], ping: ['ping'] }, () =>
      readPush(payload),
    ),
};

/** https://docs.gitlab.com/user/project/integrations/webhooks/ */
const gitlab: Forge = {
  proof: 'X-Gitlab-Token',
  isFrom: (delivery, secret) => isSame(secret, delivery.header('x-gitlab-token') ?? ''),
  idOf: (delivery) => delivery.header('idempotency-key') ?? delivery.header('x-gitlab-event-uuid'),
  read: (delivery, payload) =>
    byName(
      delivery.header('x-gitlab-event'),
      { push: ['Push Hook', 'Tag Push Hook'], ping: [] },
      () => readPush(payload),
    ),
};

/** Gitea, Forgejo and Gogs sign and tell alike, each under its own name. */
function likeGogs(...names: readonly string[]): Forge {
  const header = (delivery: Delivery, what: string): string | undefined =>
    names.map((name) => delivery.header(`x-${name}-${what}`)).find((value) => value !== undefined);
  const [first = ''] = names;
  return {
    proof: `X-${first.charAt(0).toUpperCase()}${first.slice(1)}-Signature`,
    isFrom: (delivery, secret) =>
      isHmacOf(delivery.body, secret, header(delivery, 'signature') ?? ''),
    idOf: (delivery) => header(delivery, 'delivery'),
    read: (delivery, payload) =>
      byName(header(delivery, 'event'), { push: ['push'], ping: ['ping'] }, () =>
        readPush(payload),
      ),
  };
}

const CloudRef = z.object({ type: z.string(), name: z.string() }).nullish();
const CloudPush = z.object({
  push: z.object({ changes: z.array(z.object({ new: CloudRef, old: CloudRef })) }),
});
const ServerPush = z.object({ changes: z.array(z.object({ ref: z.object({ id: z.string() }) })) });

/**
 * Cloud and Data Center.
 * https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
 * https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html
 */
const bitbucket: Forge = {
  proof: 'X-Hub-Signature',
  isFrom: (delivery, secret) =>
    isPrefixedHmac(delivery, secret, delivery.header('x-hub-signature')),
  idOf: (delivery) => delivery.header('x-request-uuid') ?? delivery.header('x-request-id'),
  read: (delivery, payload) =>
    byName(
      delivery.header('x-event-key'),
      { push: ['repo:push', 'repo:refs_changed'], ping: ['diagnostics:ping'] },
      () => readBitbucketPush(payload),
    ),
};

function readBitbucketPush(payload: unknown): ForgeEvent | undefined {
  const cloud = CloudPush.safeParse(payload);
  if (cloud.success) {
    const refs = cloud.data.push.changes.flatMap(({ new: made, old }) => {
      const ref = made ?? old;
      if (ref === undefined || ref === null) return [];
      return [`refs/${ref.type === 'tag' ? 'tags' : 'heads'}/${ref.name}`];
    });
    return { kind: 'push', refs };
  }
  const server = ServerPush.safeParse(payload);
  if (!server.success) return undefined;
  return { kind: 'push', refs: server.data.changes.map(({ ref }) => ref.id) };
}

/** For everything else: a script of a server, a pipeline. The payload may name a `ref`, or nothing. */
const generic: Forge = {
  proof: 'X-Signature',
  isFrom: (delivery, secret) => isPrefixedHmac(delivery, secret, delivery.header('x-signature')),
  idOf: (delivery) => delivery.header('x-delivery-id'),
  read: (_delivery, payload) => readPush(payload) ?? { kind: 'push', refs: undefined },
};

export const FORGES: Readonly<Record<string, Forge>> = {
  github,
  gitlab,
  gitea: likeGogs('gitea', 'forgejo'),
  gogs: likeGogs('gogs'),
  bitbucket,
  generic,
};
