import { execFileSync } from 'node:child_process';

/** A bridge of one engine's own, with addresses that no other engine hands out. */
export interface EngineNetwork {
  readonly bridge: string;
  /** What the engine takes further networks from. */
  readonly addressPool: string;
}

/** 198.18.0.0/15 is set aside for benchmarks (RFC 2544): real networks do not use it. */
const SLOTS = 32;

/**
 * Takes the first slot that is free: making the bridge is what takes it. `note` is called at once, for
 * whoever has to remove it.
 */
export function makeEngineNetwork(
  busybox: string,
  note: (network: EngineNetwork) => void,
): EngineNetwork {
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const bridge = `vigiltest${String(slot)}`;
    if (!succeeds(busybox, ['link', 'add', bridge, 'type', 'bridge'])) continue;
    const net = `198.${String(18 + Math.floor(slot / 16))}.${String((slot % 16) * 16)}`;
    const network = { bridge, addressPool: `base=${net}.0/20,size=24` };
    note(network);
    ip(busybox, ['addr', 'add', `${net}.1/24`, 'dev', bridge]);
    ip(busybox, ['link', 'set', bridge, 'up']);
    return network;
  }
  throw new Error(
    `cannot make a bridge, or ${String(SLOTS)} engines run: ip link show type bridge`,
  );
}

function succeeds(busybox: string, args: readonly string[]): boolean {
  try {
    ip(busybox, args);
    return true;
  } catch {
    return false;
  }
}

function ip(busybox: string, args: readonly string[]): void {
  execFileSync(busybox, ['ip', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
}
