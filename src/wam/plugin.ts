// The plugin's entry: what a host imports.
export { NumvoxModule as default } from './numvoxModule.ts';
