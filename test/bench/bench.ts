// `npm run bench [-- consonants | corpus | decode | engine | held | judged | loops | memory | pictures | playing | singing | songs | strangers | train | weights]`: measures speed and quality beside named references and prints tables.
import type { Row } from './row.ts';

const benches: Record<string, (argument?: string) => Promise<Row[] | string>> = {
  consonants: async (model) => (await import('./consonants.ts')).benchConsonants(model),
  corpus: async (sizes) => (await import('./corpus.ts')).benchCorpus(sizes),
  decode: async () => (await import('./decode.ts')).benchDecode(),
  engine: async () => (await import('./engine.ts')).benchEngine(),
  held: async () => (await import('./heldVowels.ts')).benchHeld(),
  judged: async (model) => (await import('./judged.ts')).benchJudged(model),
  loops: async () => (await import('./loops.ts')).benchLoops(),
  memory: async () => (await import('./memory.ts')).benchMemory(),
  pictures: async () => (await import('./pictures.ts')).benchPictures(),
  playing: async () => (await import('./playing.ts')).benchPlaying(),
  singing: async () => (await import('./singing.ts')).benchSinging(),
  songs: async () => (await import('./songs.ts')).benchSongs(),
  strangers: async (model) => (await import('./strangers.ts')).benchStrangers(model),
  train: async () => (await import('./trainStep.ts')).benchTrainStep(),
  weights: async () => (await import('./weights.ts')).benchWeights(),
};

/** A name, or a name with what it is to measure: `corpus=3000,10000,30000`, `consonants=public/models/fsdd`. */
const asked = process.argv.slice(2).map((text) => text.split('=', 2));
const unknown = asked.map(([name]) => name).filter((name) => !(name in benches));
if (unknown.length > 0) {
  process.stderr.write(
    `bench: there is no benchmark ${unknown.join(', ')}; choose from ${Object.keys(benches).join(', ')}\n`,
  );
  process.exit(1);
}
for (const [name, argument] of asked.length > 0 ? asked : Object.keys(benches).map((all) => [all])) {
  process.stderr.write(`measuring ${name} ...\n`);
  const rows = await benches[name](argument);
  if (typeof rows === 'string') {
    console.log(`\n${name}\n\n${rows}`);
    continue;
  }
  const nameWidth = Math.max(...rows.map((row) => row.name.length));
  const valueWidth = Math.max(...rows.map((row) => row.value.length));
  console.log(`\n${name}`);
  for (const { name: label, value, unit, note } of rows) {
    console.log(
      `  ${label.padEnd(nameWidth)}  ${value.padStart(valueWidth)} ${unit}${note ? `  (${note})` : ''}`,
    );
  }
}
process.exit(0);
