import { ActionHistory } from './action-history/action-history.js';
import { Controls } from './controls/controls.js';
import { DesiredState } from './desired/desired-state.js';
import { AwaitedHosts } from './observed/awaited-hosts.js';
import { ObservedState } from './observed/observed-state.js';

/** Everything that the evaluator reads from the outside, in memory. */
export class Knowledge {
  readonly desired = new DesiredState();
  readonly observed = new ObservedState();
  readonly awaited = new AwaitedHosts();
  readonly controls = new Controls();
  readonly history = new ActionHistory();
}
