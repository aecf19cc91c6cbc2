// Stands in for a worker of cells: a task whose key says so takes its process with it, or never ends.
process.on('message', ({ key }) => {
  if (key === 'aborts') process.abort();
  else if (key !== 'lasts') process.send({ done: true }, () => undefined);
});
process.on('disconnect', () => process.exit(0));
process.send('ready', () => undefined);
