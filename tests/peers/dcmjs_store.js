// Associates, stores files, releases: node dcmjs_store.js MODULE HOST PORT CALLING CALLED WINDOW FILE...
//
// WINDOW is how many requests it asks to send without waiting for answers. Exit code 0: every answer was Success. 1: an
// answer was not, or the network failed. 3: rejected. 4: aborted.
'use strict';

const [module_, host, port, calling, called, window, ...files] = process.argv.slice(2);
const { Client, log } = require(module_);
const { CStoreRequest } = require(module_).requests;
const { Status } = require(module_).constants;

log.setLevel('error');

let succeeded = 0;
let code = 1;

const client = new Client();
for (const file of files) {
  const request = new CStoreRequest(file);
  request.on('response', (response) => {
    console.log(`store ${file} status 0x${response.getStatus().toString(16).padStart(4, '0')}`);
    succeeded += response.getStatus() === Status.Success ? 1 : 0;
  });
  client.addRequest(request);
}
client.on('associationAccepted', (association) => {
  console.log(`window ${association.getMaxAsyncOpsInvoked()},${association.getMaxAsyncOpsPerformed()}`);
});
client.on('associationRejected', ({ result, source, reason }) => {
  console.log(`rejected ${result},${source},${reason}`);
  code = 3;
});
client.on('associationReleased', () => {
  console.log('released');
  code = succeeded === files.length ? 0 : 1;
});
client.on('networkError', (error) => console.log(`network error: ${error.message}`));
client.on('abort', () => {
  console.log('aborted');
  code = 4;
});
client.on('closed', () => process.exit(code));
client.send(host, Number(port), calling, called, {
  connectTimeout: 10000,
  associationTimeout: 20000,
  pduTimeout: 20000,
  asyncOps: { maxAsyncOpsInvoked: Number(window), maxAsyncOpsPerformed: 1 },
});
