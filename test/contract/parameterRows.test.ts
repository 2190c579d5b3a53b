// What the rows say besides ranges: numbers that never change, what notes, scenes, effects and the kernel make of a parameter,
// and that a deprecated row is read and not shown.
import { describe, expect, it } from 'vitest';
import { modulationTargets, pressureTargets } from '../../src/contract/choices.ts';
import { reachOf } from '../../src/contract/modulation.ts';
import {
  parameterById,
  parameterOfController,
  parameterOfNrpn,
  parameters,
  shownOf,
  type Parameter,
} from '../../src/contract/parameters.ts';
import { controlsOf } from '../../src/ui/panels/panelGroups.ts';

/**
 * The parameters in the order of their numbers, from 0 on, as players' devices and songs know them: rows may be added
 * behind, and none may move or go.
 */
const numbered = `
  style1 style2 style3 style4 style5 style6 style7 style8 mode
  hold voiceMode digit speaker lyricsEnd speed startOffset freeze stutterRate
  attack decay sustain release velocityAmount velocityCurve glide transpose tuningHz
  bendRange intonation vibratoRate vibratoDepth vibratoDelay formant breath brightness air
  pan spread variation lfoRate lfoSync lfoShape lfoTo lfoAmount velocityTo
  velocityToAmount randomTo randomAmount sceneX sceneY sceneAmount sceneKnob mapX mapY
  mapAmount arpMode arpRate arpGate arpOctaves arpSwing tempo drive chorus
  chorusRate delay delayTime delayFeedback reverb reverbSeconds eqLow eqMid eqHigh
  outputGainDb keyUp timbreTo timbreAmount pressureTo pressureAmount
`
  .trim()
  .split(/\s+/);

/** Those of the list above that are meant; what newer rows say of themselves is theirs. */
const idsWhere = (isMeant: (row: Parameter) => unknown) =>
  parameters.flatMap((row) => (numbered.includes(row.id) && isMeant(row) ? [row.id] : []));

describe('parameter numbers', () => {
  it('are what they were', () => {
    expect(numbered.map((_, nrpn) => parameterOfNrpn(nrpn)?.id)).toEqual(numbered);
  });

  it('are unique, and every one can be selected', () => {
    const numbers = parameters.map(({ nrpn }) => nrpn);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const nrpn of numbers) {
      expect(Number.isInteger(nrpn)).toBe(true);
      expect(nrpn).toBeGreaterThanOrEqual(0);
      // The last one selects nothing (MIDI 1.0: the null function).
      expect(nrpn).toBeLessThan(0x3fff);
    }
    expect(parameterOfNrpn(0x3ffe)).toBeUndefined();
  });

  it('are no places: the table in another order has the same ones', () => {
    const turned = [...parameters].reverse();
    for (const { id, nrpn } of parameters) expect(parameterOfNrpn(nrpn, turned)?.id).toBe(id);
  });
});

describe('rows', () => {
  it('that shape notes are those that a note takes with it', () => {
    const choosing = [
      'mode',
      'hold',
      'voiceMode',
      'digit',
      'speaker',
      'lyricsEnd',
      'speed',
      'startOffset',
      'freeze',
    ];
    const pitched = ['attack', 'velocityCurve', 'glide', 'transpose', 'tuningHz', 'bendRange', 'variation'];
    const moved = ['velocityTo', 'velocityToAmount', 'randomTo', 'randomAmount'];
    const arpeggio = ['arpMode', 'arpRate', 'arpGate', 'arpOctaves', 'arpSwing'];
    expect(idsWhere(({ shapesNotes }) => shapesNotes)).toEqual([
      ...choosing,
      ...pitched,
      ...moved,
      ...arpeggio,
    ]);
  });

  it('that move notes are targets with their amounts', () => {
    const lists = idsWhere(({ amount }) => amount);
    expect(lists).toEqual(['lfoTo', 'velocityTo', 'randomTo', 'timbreTo', 'pressureTo']);
    for (const id of lists) {
      const { choices, amount, movesNotes } = parameterById(id);
      expect([modulationTargets, pressureTargets]).toContainEqual(choices);
      expect(parameterById(String(amount)).movesNotes).toBe(movesNotes);
    }
    // The oscillator's place is the same for all notes.
    expect(idsWhere(({ movesNotes }) => movesNotes)).toHaveLength(2 * (lists.length - 1));
  });

  it('blend by their kind unless they say more', () => {
    const byKind = (row: Parameter) => (row.curve === 'choice' ? 'switches' : 'smooth');
    const other = parameters.filter((row) => numbered.includes(row.id) && row.blend !== byKind(row));
    expect(Object.fromEntries(other.map(({ id, blend }) => [id, blend]))).toEqual({
      mode: 'whole',
      hold: 'whole',
      voiceMode: 'whole',
      speaker: 'switches',
      lyricsEnd: 'whole',
      freeze: 'whole',
      stutterRate: 'whole',
      transpose: 'rounded',
      tuningHz: 'whole',
      bendRange: 'whole',
      sceneX: 'never',
      sceneY: 'never',
      sceneAmount: 'never',
      sceneKnob: 'never',
      arpOctaves: 'rounded',
      tempo: 'whole',
      outputGainDb: 'never',
    });
  });

  it('of effects are those of their group and the tempo; amounts are silent at their default', () => {
    expect(idsWhere(({ effect }) => effect)).toEqual(
      idsWhere(({ id, group }) => group === 'effects' || id === 'tempo'),
    );
    const amounts = parameters.filter(({ effect }) => effect === 'amount');
    expect(idsWhere(({ effect }) => effect === 'amount')).toEqual([
      'drive',
      'chorus',
      'delay',
      'reverb',
      'eqLow',
      'eqMid',
      'eqHigh',
    ]);
    for (const { defaultValue } of amounts) expect(defaultValue).toBe(0);
  });

  it('name the target that moves what they set, each target once', () => {
    const targets = parameters.flatMap(({ target }) => (target ? [target] : []));
    expect(new Set(targets).size).toBe(targets.length);
    for (const target of targets) expect(reachOf(target)).toBeGreaterThan(0);
    expect(parameterById('vibratoDepth').target).toBe('vibrato');
    expect(parameterById('style3').target).toBe('style 3');
    // What has its say where a note begins or ends cannot be pressed.
    for (const id of ['attack', 'sustain', 'intonation', 'startOffset']) {
      expect(parameterById(id).target).toBeUndefined();
    }
  });
});

describe('a deprecated row', () => {
  const old: Parameter = { ...parameterById('breath'), nrpn: 1000, cc: 119, deprecated: true };
  const rows = parameters.map((row) => (row.id === old.id ? old : row));

  it('is still found by its number', () => {
    expect(parameterOfNrpn(1000, rows)).toBe(old);
    expect(parameterOfController(119, rows)).toBe(old);
  });

  it('is not shown', () => {
    expect(shownOf(rows)).toEqual(rows.filter((row) => row !== old));
    expect(controlsOf('timbre', []).map(({ id }) => id)).toContain('breath');
    expect(controlsOf('timbre', [], rows).map(({ id }) => id)).not.toContain('breath');
  });
});
