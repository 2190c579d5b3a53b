// What the descriptor promises is what the plugin does, and everything that hosts list is there.
import { describe, expect, it } from 'vitest';
import { version } from '../../src/contract/version.ts';
import { descriptor } from '../../src/wam/descriptor.ts';
import { goesOn } from '../../src/wam/wamProtocol.ts';

describe('the descriptor', () => {
  it('says true of what is heard and sent, and of nothing else', () => {
    const flags = Object.entries(descriptor).filter(([name]) => name.startsWith('has'));
    expect(Object.fromEntries(flags)).toEqual({
      hasAudioInput: false,
      hasAudioOutput: true,
      hasAutomationInput: true,
      hasAutomationOutput: false,
      hasMidiInput: true,
      hasMidiOutput: true,
      hasMpeInput: true,
      hasMpeOutput: true,
      hasOscInput: false,
      hasOscOutput: false,
      hasSysexInput: false,
      hasSysexOutput: false,
    });
    const sent = (['wam-midi', 'wam-mpe', 'wam-automation', 'wam-transport', 'wam-sysex'] as const).filter(
      (type) => goesOn({ type } as Parameters<typeof goesOn>[0]),
    );
    expect(sent).toEqual(['wam-midi', 'wam-mpe']);
  });

  it('has a name, a version, keywords and a picture that needs no file', () => {
    expect(descriptor).toMatchObject({ isInstrument: true, version, name: 'numvox', apiVersion: '2.0.0' });
    expect(descriptor.keywords.length).toBeGreaterThan(4);
    expect(decodeURIComponent(descriptor.thumbnail)).toMatch(/^data:image\/svg\+xml,<svg .*<\/svg>$/);
  });
});
