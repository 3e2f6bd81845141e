// Loaded (`node --import`) before a program that does not watch its parent: when the parent was killed and could not
// say goodbye, the channel closes, and the program is asked to end.
process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
});
