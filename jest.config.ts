/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const transform: NonNullable<Config['transform']> = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      sourceMaps: 'inline',
      module: { type: 'es6' },
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        keepClassNames: true,
      },
    },
  ],
};

// CommonJS packages that require an ES module: Node 20.19 can, jest can from Node 24.9 on.
const REQUIRED_ES_MODULES = 'content-disposition';
transform[`/node_modules/${REQUIRED_ES_MODULES}/.+\\.js$`] = [
  '@swc/jest',
  { module: { type: 'commonjs' }, jsc: { target: 'es2022' } },
];

const project = (displayName: string, testMatch: string[], extra: Config = {}): Config => ({
  displayName,
  testMatch,
  transform,
  transformIgnorePatterns: [`/node_modules/(?!${REQUIRED_ES_MODULES}/)`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.stowage'],
  moduleNameMapper: {
    '^@stowage/(client|messaging)/nest$': '<rootDir>/libs/$1/src/nest/index.ts',
    '^@stowage/providers/open$': '<rootDir>/libs/providers/src/open.ts',
    '^@stowage/([a-z]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  ...extra,
});

const config: Config = {
  // Against hanging; generous, for busy machines. jest reads it here only, not from a project.
  testTimeout: 60_000,
  projects: [
    project('unit', ['<rootDir>/{apps,libs,tools}/**/*.spec.ts']),
    project('medium', ['<rootDir>/{apps,libs,tools}/**/*.medium.ts']),
    project('e2e', ['<rootDir>/test/**/*.e2e.ts']),
  ],
};

export default config;
