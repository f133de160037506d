// Set-up before `npm start`, `npm test` and the like: `node scripts/bootstrap.mjs install|start|redis|test`.
// Runs before node_modules exists, so it and all it loads use Node built-ins only. This one file also has to
// be readable by an old Node, which is why it imports the rest only after it has looked at the version.

/** The oldest Node that the dependencies accept. */
const wanted = { major: 20, minor: 19 };

const [major, minor] = process.versions.node.split('.').map(Number);
const isOldEnough = major > wanted.major || (major === wanted.major && minor >= wanted.minor);

if (!isOldEnough) {
  process.stderr.write(
    'gatehouse: this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      '), but Node ' +
      wanted.major +
      '.' +
      wanted.minor +
      ' or newer is needed.\n' +
      '  What to do: install a current Node (Debian 13: apt-get install nodejs npm; elsewhere: nvm install 24,\n' +
      '  or the packages of nodejs.org), see that `node --version` shows it, and run the same command again.\n',
  );
  process.exitCode = 1;
} else {
  import('./set-up.mjs')
    .then((setUp) => setUp.run(process.argv[2]))
    .catch((error) => {
      process.stderr.write('gatehouse: ' + (error.isExpected ? error.message : error.stack) + '\n');
      process.exitCode = 1;
    });
}
