import { Controller } from '@nestjs/common';
import { Caller, type Principal } from '@vigil/auth';
import {
  ROUTES,
  type InputOf,
  type ManifestDetail,
  type ManifestRevision,
  type ManifestView,
  type Page,
  type SwitchOutcome,
} from '@vigil/contracts';
import { parseResourceId, type ResourceId } from '@vigil/manifests';
import { Clock, HttpProblem } from '@vigil/service';
import { Endpoint, Input } from '../http/endpoint.js';
import { Controls, type Switching } from '../system/controls.js';
import { switchOutcome } from '../system/stop-the-world.js';
import { ManifestsStore } from './manifests.store.js';

@Controller()
export class ManifestsController {
  constructor(
    private readonly manifests: ManifestsStore,
    private readonly controls: Controls,
    private readonly clock: Clock,
  ) {}

  @Endpoint(ROUTES.listManifests)
  list(
    @Input(ROUTES.listManifests) { query }: InputOf<typeof ROUTES.listManifests>,
  ): Promise<Page<ManifestView>> {
    return this.manifests.list(query);
  }

  @Endpoint(ROUTES.getManifest)
  async one(
    @Input(ROUTES.getManifest) { params }: InputOf<typeof ROUTES.getManifest>,
  ): Promise<ManifestDetail> {
    const resource = resourceOf(params);
    const manifest = await this.manifests.find(resource);
    if (manifest === undefined) throw unknown(resource);
    return manifest;
  }

  @Endpoint(ROUTES.manifestRevisions)
  async revisions(
    @Input(ROUTES.manifestRevisions) { params, query }: InputOf<typeof ROUTES.manifestRevisions>,
  ): Promise<Page<ManifestRevision>> {
    const resource = resourceOf(params);
    const page = await this.manifests.revisions(resource, query);
    if (page.items.length === 0 && query.cursor === undefined) throw unknown(resource);
    return page;
  }

  @Endpoint(ROUTES.suspendManifest)
  suspend(
    @Input(ROUTES.suspendManifest) { params, body }: InputOf<typeof ROUTES.suspendManifest>,
    @Caller() caller: Principal,
  ): Promise<SwitchOutcome> {
    const { reason, expiresAfter } = body;
    const until = expiresAfter === undefined ? {} : { until: this.clock.now() + expiresAfter };
    return this.switch(resourceOf(params), { active: true, reason, actor: caller.name, ...until });
  }

  @Endpoint(ROUTES.resumeManifest)
  resume(
    @Input(ROUTES.resumeManifest) { params, body }: InputOf<typeof ROUTES.resumeManifest>,
    @Caller() caller: Principal,
  ): Promise<SwitchOutcome> {
    const { reason } = body;
    return this.switch(resourceOf(params), { active: false, reason, actor: caller.name });
  }

  /** What is suspended can be resumed also when nothing declares it any more. */
  private async switch(resource: ResourceId, switching: Switching): Promise<SwitchOutcome> {
    const isSuspended = this.controls.activeFor('resource', resource) !== undefined;
    if (!isSuspended && (await this.manifests.find(resource)) === undefined)
      throw unknown(resource);
    return switchOutcome(await this.controls.setResource(resource, switching));
  }
}

function resourceOf(params: { namespace: string; kind: string; name: string }): ResourceId {
  const text = `${params.namespace}/${params.kind}/${params.name}`;
  const id = parseResourceId(text);
  if (id === undefined) throw unknown(text);
  return id;
}

function unknown(resource: string): HttpProblem {
  return new HttpProblem(404, { detail: `no source declares, or declared, ${resource}` });
}
