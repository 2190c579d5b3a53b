// What knip takes for used: files, exports and dependencies that nothing reaches from these entries fail the lint.
// Run with --production it reads the program without its tests: what only tests use belongs to them, but for a part
// of a file that a test checks by itself.
export default {
  entry: [
    'src/cli/numvox.ts!',
    'src/index*.ts!',
    // What scripts/plugin.mjs builds.
    'src/wam/{plugin,wamProcessor}.ts!',
    'training/{train,trainEars,trainListenerOf,judge,evaluate,search}.ts!',
    'examples/*/main.ts',
    'scripts/*.mjs!',
    // The mutation tool, and what it starts in processes of their own.
    'scripts/mutate/{mutateCommand,host,runner}.ts!',
    // What the build takes in place of modules of packages.
    'src/model/kernels/noThreads.ts!',
    'src/output/nativeAudio.ts!',
    // What scripts/build-wasm.mjs compiles.
    'assembly/*.ts!',
    'test/bench/*.ts',
  ],
  project: ['src/**!', 'examples/**', 'training/**/*.{ts,mjs}!', 'scripts/**!', 'assembly/**!', 'test/**'],
  // Its wasm is copied by scripts/build-wasm.mjs.
  ignoreDependencies: [
    // Its wasm is copied by scripts/build-wasm.mjs.
    '@echogarden/pffft-wasm',
    // Loaded where it is there, under a name in a variable.
    'node-web-audio-api',
    // test/browser/package.test.ts runs its command.
    '@arethetypeswrong/cli',
  ],
  // Debian's, which scripts/firefox.mjs and test/stress/nullSound.ts look for and install, and scripts/speakWords.mjs looks for.
  ignoreBinaries: ['apt-get', 'pulseaudio', 'espeak-ng', 'flite'],
  // The chart of parameter numbers is printed in docs/midi.md, which its test writes.
  ignoreIssues: { 'src/midi/chart.ts': ['exports'] },
  // A type that an exported signature names is used by whoever calls it.
  ignoreExportsUsedInFile: process.argv.includes('--production') || { interface: true, type: true },
};
