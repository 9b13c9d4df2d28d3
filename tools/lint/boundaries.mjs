// Which project may import which, by the tags in each package.json. The table is in docs and in
// CONTRIBUTING; tools/repo-checks proves that a violation of each row fails.

const NEST = ['@nestjs/*'];
const DATABASE = ['typeorm', 'pg', 'pg-*', '@nestjs/typeorm'];
const MESSAGING = ['@nats-io/*'];

const constraints = [
  {
    sourceTag: 'type:core',
    onlyDependOnLibsWithTags: ['type:core'],
    bannedExternalImports: [...NEST, ...DATABASE, ...MESSAGING],
  },
  {
    sourceTag: 'type:contract',
    onlyDependOnLibsWithTags: ['type:core', 'type:contract'],
    bannedExternalImports: [...NEST, ...DATABASE, ...MESSAGING],
  },
  {
    sourceTag: 'type:adapter',
    onlyDependOnLibsWithTags: ['type:core', 'type:contract', 'scope:service'],
  },
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: ['type:core', 'type:contract', 'type:adapter'],
  },
  {
    sourceTag: 'type:tool',
    onlyDependOnLibsWithTags: ['type:core', 'type:contract', 'type:adapter', 'type:tool'],
  },
  { sourceTag: 'platform:any', onlyDependOnLibsWithTags: ['platform:any'] },
  {
    sourceTag: 'platform:browser',
    onlyDependOnLibsWithTags: ['platform:any', 'platform:browser'],
  },
  {
    sourceTag: 'platform:agent',
    onlyDependOnLibsWithTags: ['platform:any', 'platform:agent'],
    bannedExternalImports: [...NEST, ...DATABASE],
  },
  {
    sourceTag: 'platform:cli',
    onlyDependOnLibsWithTags: ['platform:any', 'platform:node', 'platform:cli'],
  },
  { sourceTag: 'platform:node', onlyDependOnLibsWithTags: ['platform:any', 'platform:node'] },
];

export const boundaries = {
  depConstraints: constraints,
  enforceBuildableLibDependency: false,
  allowCircularSelfDependency: false,
  banTransitiveDependencies: false,
};

/** Tests may use the testkit, whatever else their project is kept from. */
export const specBoundaries = {
  ...boundaries,
  depConstraints: constraints.map((constraint) => ({
    ...constraint,
    onlyDependOnLibsWithTags: [...constraint.onlyDependOnLibsWithTags, 'scope:testkit'],
  })),
};
