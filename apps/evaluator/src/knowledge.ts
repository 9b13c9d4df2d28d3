import { ActionHistory } from './action-history/action-history.js';
import { Controls } from './controls/controls.js';
import { DesiredState } from './desired/desired-state.js';
import { AwaitedHosts } from './observed/awaited-hosts.js';
import { ConnectedAgents } from './observed/connected-agents.js';
import { ObservedState } from './observed/observed-state.js';
import { RemovedHosts } from './observed/removed-hosts.js';

/** Everything that the evaluator reads from the outside, in memory. */
export class Knowledge {
  readonly desired = new DesiredState();
  readonly observed = new ObservedState();
  readonly removed = new RemovedHosts();
  readonly awaited = new AwaitedHosts();
  readonly agents = new ConnectedAgents();
  readonly controls = new Controls();
  readonly history = new ActionHistory();
}
