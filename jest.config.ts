/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const transform: Config['transform'] = {
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

const project = (displayName: string, testMatch: string[], extra: Config = {}): Config => ({
  displayName,
  testMatch,
  transform,
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
  projects: [
    project('unit', ['<rootDir>/{apps,libs,tools}/**/*.spec.ts']),
    project('medium', ['<rootDir>/{apps,libs,tools}/**/*.medium.ts']),
    project('e2e', ['<rootDir>/test/**/*.e2e.ts']),
  ],
};

export default config;
