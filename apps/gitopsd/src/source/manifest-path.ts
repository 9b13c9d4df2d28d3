const MANIFEST = /\.(?:ya?ml|json)$/i;

/** True for `*.yaml`, `*.yml` and `*.json` outside of dot folders. `path` is relative, with slashes. */
export function isManifestPath(path: string): boolean {
  return MANIFEST.test(path) && !isHidden(path);
}

export function isHidden(path: string): boolean {
  return path.split('/').some((segment) => segment.startsWith('.'));
}
