import { Controller } from '@nestjs/common';
import { Caller, type Principal } from '@vigil/auth';
import {
  ROUTES,
  type Control,
  type InputOf,
  type StopOutcome,
  type SystemView,
} from '@vigil/contracts';
import { VIGIL_VERSION } from '@vigil/service';
import { InstallationFacts } from '../fleet/enrol-agent.js';
import { FleetSize } from '../fleet/fleet-size.js';
import { Endpoint, Input } from '../http/endpoint.js';
import { instant } from '../http/instant.js';
import { Controls } from './controls.js';
import { StopTheWorld } from './stop-the-world.js';

@Controller()
export class SystemController {
  constructor(
    private readonly controls: Controls,
    private readonly stopping: StopTheWorld,
    private readonly fleet: FleetSize,
    private readonly installation: InstallationFacts,
  ) {}

  @Endpoint(ROUTES.getSystem)
  async system(): Promise<SystemView> {
    const stop = this.controls.stop();
    return {
      version: VIGIL_VERSION,
      instance: this.installation.instance,
      stopped: stop === undefined ? null : controlView(stop),
      controlsKnown: this.controls.isKnown(),
      suspendedSources: this.controls
        .active('source')
        .map(({ name, control }) => ({ source: name, ...controlView(control) })),
      suspendedResources: this.controls
        .active('resource')
        .map(({ name, control }) => ({ resource: name, ...endingControlView(control) })),
      agents: await this.fleet.count(),
    };
  }

  @Endpoint(ROUTES.stopSystem)
  stop(
    @Input(ROUTES.stopSystem) { body }: InputOf<typeof ROUTES.stopSystem>,
    @Caller() caller: Principal,
  ): Promise<StopOutcome> {
    return this.stopping.switch(true, body.reason, caller.name);
  }

  @Endpoint(ROUTES.resumeSystem)
  resume(
    @Input(ROUTES.resumeSystem) { body }: InputOf<typeof ROUTES.resumeSystem>,
    @Caller() caller: Principal,
  ): Promise<StopOutcome> {
    return this.stopping.switch(false, body.reason, caller.name);
  }
}

function controlView({ reason, actor, at }: Control) {
  return { reason, actor, at: instant(at) };
}

function endingControlView(control: Control) {
  const { until } = control;
  return { ...controlView(control), ...(until === undefined ? {} : { until: instant(until) }) };
}
