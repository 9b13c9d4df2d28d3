import type { z } from 'zod';
import { fromBarePolicy, toHost, toPolicy, toService, toSource } from './authored/canonical.js';
import { describe, expectation, explainIssues } from './authored/explain-issues.js';
import { AuthoredHost } from './authored/host.js';
import { DEFAULT_NAMESPACE } from './authored/metadata.js';
import { AuthoredBarePolicy, AuthoredPolicy, AuthoredPolicyList } from './authored/policy.js';
import { AuthoredService } from './authored/service.js';
import { AuthoredSource } from './authored/source.js';
import type { Accept } from './checks/check.js';
import { checkConditions } from './checks/condition-checks.js';
import { checkPolicy } from './checks/policy-checks.js';
import { checkService } from './checks/service-checks.js';
import { checkSource } from './checks/source-checks.js';
import { Declaration } from './declaration.js';
import { KNOWN_KINDS, PLANNED_KINDS, type Kind } from './manifest.js';
import { resourceId } from './resource-id.js';
import { didYouMean } from './suggestion.js';
import type { TextDocument } from './text/document.js';
import { nodeAt, toValue, type Node } from './text/node.js';
import type { SourceText } from './text/source-text.js';

/** What one document declares: one resource, or a list of policies. */
export function readDocument(source: SourceText, document: TextDocument): Declaration[] {
  const { root, offset, problems } = document;
  const declaration = new Declaration(source, offset, root);
  for (const problem of problems) {
    declaration.reportAt('error', problem.offset, problem.path, problem.message);
  }
  if (root === undefined) return [declaration];
  if (root.kind !== 'map') {
    const message = `found ${describe(root)}, expected a mapping with apiVersion, kind, metadata and spec`;
    declaration.reportAt('error', root.offset, [], message);
    return [declaration];
  }
  if (root.entries.has('policies') && !root.entries.has('kind')) {
    return readPolicyList(declaration, root);
  }
  readResource(declaration, root);
  return [declaration];
}

function readResource(declaration: Declaration, root: Node): void {
  const kind = readKind(declaration, root);
  identify(declaration, kind, ['metadata']);
  switch (kind) {
    case undefined:
      return;
    case 'Service': {
      const authored = read(AuthoredService, declaration, root);
      if (authored === undefined) return;
      checkService(authored.spec, accepting(declaration, ['spec']));
      if (declaration.errors.length === 0) declaration.manifest = toService(authored);
      return;
    }
    case 'Policy': {
      const authored = read(AuthoredPolicy, declaration, root);
      if (authored === undefined) return;
      checkPolicy(authored.spec, accepting(declaration, ['spec']));
      checkConditions(authored.spec, declaration, ['spec']);
      if (declaration.errors.length === 0) declaration.manifest = toPolicy(authored);
      return;
    }
    case 'Host': {
      const authored = read(AuthoredHost, declaration, root);
      if (authored === undefined) return;
      if (declaration.errors.length === 0) declaration.manifest = toHost(authored);
      return;
    }
    case 'Source': {
      const authored = read(AuthoredSource, declaration, root);
      if (authored === undefined) return;
      checkSource(authored, accepting(declaration, []));
      if (declaration.errors.length === 0) declaration.manifest = toSource(authored);
      return;
    }
  }
}

function readPolicyList(list: Declaration, root: Node): Declaration[] {
  const authored = read(AuthoredPolicyList, list, root);
  const policies = nodeAt(root, ['policies']);
  const entries = authored === undefined || policies?.kind !== 'list' ? [] : policies.items;
  const declarations = entries.map((entry, index) =>
    readBarePolicy(list.source, root, entry, index),
  );
  return list.errors.length > 0 ? [list, ...declarations] : declarations;
}

function readBarePolicy(source: SourceText, root: Node, entry: Node, index: number): Declaration {
  const base = ['policies', index];
  const declaration = new Declaration(source, entry.offset, root, base);
  identify(declaration, 'Policy', base);
  const authored = read(AuthoredBarePolicy, declaration, entry);
  if (authored === undefined) return declaration;
  checkPolicy(authored, accepting(declaration, base));
  checkConditions(authored, declaration, base);
  if (declaration.errors.length === 0) declaration.manifest = fromBarePolicy(authored);
  return declaration;
}

function readKind(declaration: Declaration, root: Node): Kind | undefined {
  const node = nodeAt(root, ['kind']);
  const text = node?.kind === 'scalar' ? node.text : '';
  const kind = KNOWN_KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  declaration.kind = text === '' ? undefined : text;
  const planned = PLANNED_KINDS.some((name) => name === text);
  const found = planned ? `kind ${text}, which this version does not know` : describe(node);
  const hint = planned ? '' : didYouMean(text, KNOWN_KINDS);
  const message = `found ${found}, expected one of ${KNOWN_KINDS.join(', ')}${hint}`;
  if (node === undefined) declaration.report('error', ['kind'], message);
  else declaration.reportAt('error', node.offset, ['kind'], message);
  return undefined;
}

/** Names the declaration as far as it can be told, so that references to it are not lost as well. */
function identify(declaration: Declaration, kind: Kind | undefined, names: PropertyKey[]): void {
  const text = (field: string): string | undefined => {
    const node =
      declaration.root === undefined ? undefined : nodeAt(declaration.root, [...names, field]);
    return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
  };
  declaration.name = text('name');
  if (kind === undefined) return;
  declaration.kind = kind;
  if (declaration.name === undefined) return;
  const namespace = text('namespace') ?? DEFAULT_NAMESPACE;
  declaration.id = resourceId({ namespace, kind, name: declaration.name });
}

function read<Schema extends z.ZodType>(
  schema: Schema,
  declaration: Declaration,
  node: Node,
): z.output<Schema> | undefined {
  const result = schema.safeParse(toValue(node), { error: expectation });
  if (result.success) return result.data;
  const { root = node, base } = declaration;
  for (const problem of explainIssues(result.error.issues, schema, root, base)) {
    declaration.reportAt('error', problem.offset, problem.path, problem.message);
  }
  return undefined;
}

function accepting(declaration: Declaration, base: readonly PropertyKey[]): Accept {
  return (severity, path, message) => declaration.report(severity, [...base, ...path], message);
}
