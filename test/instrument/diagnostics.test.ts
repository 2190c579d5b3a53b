// The report of an instrument: what it says, what it keeps to itself, and that it stays short whatever has failed.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { version } from '../../src/contract/version.ts';
import { diagnosticsOf, diagnosticsText } from '../../src/instrument/diagnostics.ts';
import { FaultLog } from '../../src/instrument/faultLog.ts';
import { findFeatures, missingText } from '../../src/instrument/features.ts';
import { initialStatus } from '../../src/instrument/instrumentStatus.ts';

function report(faults = new FaultLog(() => undefined), more: Record<string, string> = {}): string {
  const status = {
    ...initialStatus,
    backend: 'wasm' as const,
    milliseconds: { webgl: 11.25, wasm: 2.5 },
    backendReason: 'the graphics context was lost',
    renderer: 'Some GPU',
    baseLatencySeconds: 0.01,
    underruns: 3,
    missedNotes: 1,
  };
  const bundle = { name: 'fsdd', weightsHash: 'abc123' };
  const { count: faultCount, faults: kept } = faults;
  return diagnosticsText(
    diagnosticsOf({ bundle, isVerified: false, playing: 'harmonic', status, faultCount, faults: kept }),
    more,
  );
}

describe('diagnostics', () => {
  it('has the version of the package', () => {
    const packageText = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect((JSON.parse(packageText) as { version: string }).version).toBe(version);
  });

  it('says versions, bundle, decoder and why, latencies, counters, features and faults', () => {
    const log = new FaultLog(() => undefined);
    log.add('model', 'The decoder stopped answering.', 'A new one took over.');
    const lines = report(log, { storage: 'kept' }).split('\n');
    for (const line of [
      `numvox: ${version}`,
      'bundle files: unverified, as the manifest has no hashes',
      'bundle: fsdd abc123',
      'backend: wasm',
      'milliseconds: {"webgl":11.25,"wasm":2.5}',
      'backend reason: the graphics context was lost',
      'renderer: Some GPU',
      'base latency seconds: 0.01',
      'underruns: 3',
      'missed notes: 1',
      'storage: kept',
      'faults: 1',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.at(-1)).toMatch(
      /^ {2}\d{4}-\S+Z model: The decoder stopped answering. A new one took over.$/,
    );
    expect(lines.some((line) => line.startsWith('missing: Web MIDI'))).toBe(true);
  });

  it('is bounded, of one line a fault, and names no sound of an address', () => {
    const log = new FaultLog(() => undefined);
    log.add(
      'model',
      'https://a.example/x/?model=mine#patch=1&lyrics=3+1 answered 404.\n  at line 2',
      'Wait.',
    );
    for (let k = 0; k < 1000; k++) log.add('audio', `${k} ${'x'.repeat(20_000)}`, 'y');
    log.add('audio', 'twice', 'y');
    log.add('audio', 'twice', 'y');
    const text = report(log);
    expect(text.length).toBeLessThanOrEqual(16_000);
    expect(text).toContain('faults: 1003');
    expect(text).toContain('model: https://a.example/x/ answered 404. at line 2 Wait.');
    expect(text).toMatch(/Z audio \(2 times\): twice y/);
    expect(text).not.toMatch(/lyrics|patch=|mine/);
  });
});

describe('features', () => {
  const whole = {
    Navigator: { prototype: { requestMIDIAccess: null, locks: null, clipboard: null } },
    AudioContext: { prototype: { playbackStats: null, outputLatency: 0 } },
    BaseAudioContext: { prototype: { renderQuantumSize: 128 } },
    FileSystemFileHandle: { prototype: { createSyncAccessHandle: null } },
    OffscreenCanvas: Object,
    BroadcastChannel: Object,
    crossOriginIsolated: true,
    indexedDB: {},
    localStorage: {},
  };

  it('are all there in a browser that has them all', () => {
    expect(findFeatures(whole).filter(({ has }) => !has)).toEqual([]);
    expect(missingText(findFeatures(whole))).toBe('');
  });

  it('are missed one by one, also where the browser throws at the question', () => {
    for (const name of Object.keys(whole)) {
      const less: Record<string, unknown> = { ...whole };
      Reflect.deleteProperty(less, name);
      expect(findFeatures(less).some(({ has }) => !has)).toBe(true);
    }
    const forbidden = Object.defineProperty({ ...whole }, 'localStorage', {
      get: () => {
        throw new DOMException('no', 'SecurityError');
      },
    });
    expect(missingText(findFeatures(forbidden))).toBe(
      'Not in this browser: local storage (MIDI settings last until the page is closed).',
    );
  });
});
