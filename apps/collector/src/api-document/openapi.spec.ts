import { ROUTES } from '@vigil/contracts';
import { apiPage } from './api-page.js';
import { openApiDocument } from './openapi.js';

const document = openApiDocument(ROUTES, '1.2.3');

describe('the OpenAPI document', () => {
  it('describes every route under its own id', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const ids = operations.map((operation) => operation['operationId']);
    expect(ids.sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('refers only to what it holds', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference = '']) => reference.replace('#/components/schemas/', ''),
    );
    expect(references.length).toBeGreaterThan(0);
    for (const name of new Set(references))
      expect(document.components.schemas).toHaveProperty(name);
  });

  it('names every parameter of a path', () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const operation of Object.values(operations)) {
        const text = JSON.stringify(operation['parameters'] ?? []);
        for (const name of wanted) {
          expect(text).toContain(`"name":"${name ?? ''}","in":"path","required":true`);
        }
      }
    }
  });

  it('says which routes need a key', () => {
    expect(document.paths['/health']?.['get']?.['security']).toEqual([]);
    expect(document.paths['/drift']?.['get']?.['security']).toEqual([{ key: [] }]);
  });
});

describe('the page', () => {
  it('shows every route, and needs nothing from elsewhere', () => {
    const page = apiPage(ROUTES, document, '1.2.3');
    for (const { path } of Object.values(ROUTES)) {
      expect(page).toContain(path.replace('...', '').replaceAll('{', '{'));
    }
    expect(page).not.toMatch(/<script|https?:\/\/(?!json-schema)/);
  });
});
