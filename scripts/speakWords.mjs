// Speaks digits and other words with eSpeak NG and Flite, where they are installed, as training data for ears: node scripts/speakWords.mjs FOLDER
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const digitWords = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
// Names, verbs and things of one to three syllables, among them neighbours of the digits by sound.
const otherWords =
  `yes no up down left right on off stop go bed bird cat dog happy house marvin sheila tree wow backward forward follow learn visual
  won't want sun fun run gun wand wonder window very hero narrow shadow few shoe who new true blue do you tooth food free the sea fee
  key tea knee read street thread for floor door more store fall forty fort form fire fight find mine line hive drive life wife alive
  sick sits fix mix sticks sixty socks sex fish kiss heaven eleven given even lemon seventy sever second ate late gate aid age ape day
  hate great eighty way make name night nice night knife mind wine sign time lion ten eleven twelve twenty hundred thousand million
  hello goodbye please thanks water music play pause volume table chair apple orange banana green red yellow white black open close
  light dark hand foot head heart mother father brother sister morning evening summer winter paper pencil river mountain monday friday
  computer keyboard number minus plus point comma again never always maybe sorry people woman children school teacher money coffee
  bread butter sugar salt pepper car train ship plane bridge road garden flower animal horse cow sheep pig chicken mouse rabbit`
    .split(/\s+/)
    .filter(Boolean);
const accents = [
  'en-us',
  'en-gb',
  'en-gb-scotland',
  'en-gb-x-rp',
  'en-gb-x-gbclan',
  'en-gb-x-gbcwmd',
  'en-029',
  'en-us-nyc',
];
const speakers =
  'Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique Hugo Jacky Lee Marco Mario Michael Mike Nguyen adam anika antonio belinda benjamin boris caleb david ed edward f1 f2 f3 f4 f5 grandma iven john klatt klatt2 klatt4 linda m1 m2 m3 m4 m5 m7 max michel pablo paul quincy rob sandro shelby steph travis victor zac'.split(
    ' ',
  );
const fliteVoices = ['slt', 'rms', 'awb', 'kal16'];

const [folder] = process.argv.slice(2);
if (!folder) {
  process.stderr.write('speakWords: give the folder to write into: node scripts/speakWords.mjs FOLDER\n');
  process.exit(1);
}
/** The k-th of evenly spread numbers in [0, 1): every variant differs in all of its settings. */
const spread = (k, step) => (k * step) % 1;
const has = (program) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return error.code !== 'ENOENT';
  }
};

function espeak(word, k, file) {
  const voice = `${accents[k % accents.length]}+${speakers[k % speakers.length]}`;
  const pitch = Math.round(15 + 75 * spread(k, 0.618));
  const speed = Math.round(115 + 95 * spread(k, 0.414));
  execFileSync('espeak-ng', ['-v', voice, '-p', String(pitch), '-s', String(speed), '-w', file, word]);
}

function flite(word, k, file) {
  const stretch = (0.8 + 0.55 * spread(k, 0.618)).toFixed(2);
  const settings = ['-voice', fliteVoices[k % fliteVoices.length], '--setf', `duration_stretch=${stretch}`];
  execFileSync('flite', [...settings, '-t', word, '-o', file]);
}

mkdirSync(join(folder, 'digits'), { recursive: true });
mkdirSync(join(folder, 'words'), { recursive: true });
const rows = ['file,digit,speaker,kind,source,split'];
let [digits, words] = [0, 0];
if (has('espeak-ng')) {
  for (let k = 0; k < 2 * speakers.length; k++) {
    digitWords.forEach((word, digit) => {
      const speaker = `espeak-${speakers[k % speakers.length]}`.toLowerCase();
      const name = `${digit}_${speaker}_${Math.floor(k / speakers.length)}.wav`;
      espeak(word, k, join(folder, 'digits', name));
      rows.push(`${name},${digit},${speaker},synthetic,espeak-ng,train`);
      digits++;
    });
  }
  otherWords.forEach((word, w) => {
    for (let k = 0; k < 5; k++) espeak(word, 37 * w + 11 * k, join(folder, 'words', `espeak_${w}_${k}.wav`));
    words += 5;
  });
  writeFileSync(join(folder, 'digits', 'manifest.csv'), `${rows.join('\n')}\n`);
}
if (has('flite')) {
  otherWords.forEach((word, w) => {
    for (let k = 0; k < 3; k++) flite(word, 5 * w + k, join(folder, 'words', `flite_${w}_${k}.wav`));
    words += 3;
  });
}
if (digits + words === 0) {
  process.stderr.write('speakWords: neither espeak-ng nor flite is installed; install one of them\n');
  process.exit(1);
}
process.stdout.write(`${digits} digits and ${words} other words in ${folder}\n`);
