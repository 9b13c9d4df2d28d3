import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** A bridge of one engine's own, with addresses that no other engine hands out. */
export interface EngineNetwork {
  readonly bridge: string;
  /** The bridge's own, the first of a /24. */
  readonly address: string;
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
    const network = {
      bridge,
      address: `${net}.1`,
      addressPool: `base=${net}.0/20,size=24`,
    };
    note(network);
    ip(busybox, ['addr', 'add', `${network.address}/24`, 'dev', bridge]);
    ip(busybox, ['link', 'set', bridge, 'up']);
    askForAddressesQuickly(bridge);
    return network;
  }
  throw new Error(
    `cannot make a bridge, or ${String(SLOTS)} engines run: ip link show type bridge`,
  );
}

/**
 * Whoever asks for a container that is just being started would wait for the second time that its
 * address is asked for: by default a second later, which is longer than most starts.
 */
function askForAddressesQuickly(bridge: string): void {
  writeFileSync(`/proc/sys/net/ipv4/neigh/${bridge}/retrans_time_ms`, '20');
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
