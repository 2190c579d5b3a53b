// Lint rules: type-checked TypeScript everywhere, and rooms that work without a page. What rooms may import is for scripts/check-rooms.mjs.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import lit from 'eslint-plugin-lit';
import globals from 'globals';
import { pageFiles, rooms } from './scripts/rooms.mjs';

const coreFiles = rooms.filter((room) => room.core).map(({ path }) => `${path}/**/*.ts`);
/** Globals of browsers that Node and worklets lack, or that reach beyond the program. */
const pageGlobals = [
  ...Object.keys(globals.browser).filter(
    (name) => !(name in globals['shared-node-browser']) && !(name in globals.builtin),
  ),
  ...['localStorage', 'sessionStorage', 'navigator', 'WebSocket'],
];
/** What would make signals depend on more than messages and seeds. */
const clocks = ['Date', 'performance', 'setTimeout', 'setInterval', 'fetch', 'crypto'];

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist-library/',
      'dist-examples/',
      'dist-api/',
      'generated/',
      'node_modules/',
      'public/',
      'assembly/',
      'runs/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['src/ui/**/*.ts'], ...lit.configs['flat/recommended'] },
  {
    files: ['src/cli/**/*.ts', 'training/**/*.ts', 'scripts/**', 'test/**/*.ts', 'src/log.ts'],
    rules: { 'no-console': 'off' },
  },
  // Only what is declared by `var` is a property of globalThis.
  { files: ['types/**/*.d.ts'], rules: { 'no-var': 'off' } },
  {
    files: coreFiles,
    ignores: Object.keys(pageFiles),
    rules: { 'no-restricted-globals': ['error', ...pageGlobals] },
  },
  {
    files: ['src/dsp/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...pageGlobals, ...clocks],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Take a Random with a seed instead.' },
      ],
    },
  },
  { files: ['**/*.{js,mjs}'], languageOptions: { globals: globals.node } },
);
