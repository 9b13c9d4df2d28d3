import { ROUTE_ACCESS, type RouteDefinition } from '@vigil/contracts';

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  h2 { margin-top: 2.5rem; border-bottom: 1px solid #8884; text-transform: capitalize; }
  details { border: 1px solid #8884; border-radius: 6px; margin: .5rem 0; padding: .5rem .75rem; }
  summary { cursor: pointer; }
  code, pre { font: 14px/1.45 ui-monospace, monospace; }
  pre { overflow: auto; padding: .75rem; background: #8881; border-radius: 6px; }
  .method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
  .roles { color: #777; }
  @media (prefers-color-scheme: dark) { body { background: #16181d; color: #e6e6e6; } a { color: #8ab4f8; } }
`;

/** The API as one page without scripts, fonts or anything else from elsewhere. */
export function apiPage(
  routes: Readonly<Record<string, RouteDefinition>>,
  document: { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> },
  version: string,
): string {
  const tags = [...new Set(Object.values(routes).map(({ tag }) => tag))];
  const sections = tags.map((tag) => {
    const entries = Object.values(routes).filter((route) => route.tag === tag);
    const details = entries.map((route) => entry(route, document.paths));
    return `<h2 id="${escape(tag)}">${escape(tag)}</h2>${details.join('')}`;
  });
  const links = tags.map((tag) => `<a href="#${escape(tag)}">${escape(tag)}</a>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Vigil API</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>
<h1>Vigil API <small>${escape(version)}</small></h1>
<p>Send a key as <code>Authorization: Bearer …</code>. Errors are problem JSON (RFC 9457), lists are
<code>{items, nextCursor}</code>, times RFC 3339. For programs: <a href="openapi.json">openapi.json</a>
(OpenAPI 3.1).</p><p>${links.join(' · ')}</p>${sections.join('')}</body></html>`;
}

function entry(
  route: RouteDefinition,
  paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): string {
  const path = route.path.replace(/\{(\w+)\.\.\.\}/g, '{$1}');
  const operation = paths[path]?.[route.method.toLowerCase()];
  const roles = ROUTE_ACCESS[route.access].join(', ');
  return `<details><summary><span class="method">${route.method}</span> <code>${escape(path)}</code>
 ${escape(route.summary)} <span class="roles">${escape(roles === '' ? 'no key' : roles)}</span></summary>
${route.description === undefined ? '' : `<p>${escape(route.description)}</p>`}
<pre>${escape(JSON.stringify(operation, null, 2))}</pre></details>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
