import { Controller } from '@nestjs/common';
import {
  ROUTES,
  type InputOf,
  type ManifestDetail,
  type ManifestRevision,
  type ManifestView,
  type Page,
} from '@vigil/contracts';
import { parseResourceId, type ResourceId } from '@vigil/manifests';
import { HttpProblem } from '@vigil/service';
import { Endpoint, Input } from '../http/endpoint.js';
import { ManifestsStore } from './manifests.store.js';

@Controller()
export class ManifestsController {
  constructor(private readonly manifests: ManifestsStore) {}

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
