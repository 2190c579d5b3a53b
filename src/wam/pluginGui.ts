// Stub
import type { NumvoxNode } from './numvoxNode.ts';
export function createPluginGui(_node: NumvoxNode): Element { return document.createElement('div'); }
