// Associates, sends C-ECHO requests, releases: node dcmjs_echo.js MODULE HOST PORT CALLING CALLED COUNT.
//
// Exit code 0: every answer was Success. 1: an answer was not, or the network failed. 3: rejected. 4: aborted.
'use strict';

const [module_, host, port, calling, called, count] = process.argv.slice(2);
const { Client, log } = require(module_);
const { CEchoRequest } = require(module_).requests;
const { Status } = require(module_).constants;

log.setLevel('error');

let succeeded = 0;
let code = 1;

const client = new Client();
for (let number = 1; number <= Number(count); number += 1) {
  const request = new CEchoRequest();
  request.on('response', (response) => {
    console.log(`echo ${number} status 0x${response.getStatus().toString(16).padStart(4, '0')}`);
    succeeded += response.getStatus() === Status.Success ? 1 : 0;
  });
  client.addRequest(request);
}
client.on('associationAccepted', (association) => {
  console.log(`accepted, maximum length ${association.getMaxPduLength()}`);
  console.log(`implementation ${association.getImplementationClassUid()} ${association.getImplementationVersion()}`);
});
client.on('associationRejected', ({ result, source, reason }) => {
  console.log(`rejected ${result},${source},${reason}`);
  code = 3;
});
client.on('associationReleased', () => {
  console.log('released');
  code = succeeded === Number(count) ? 0 : 1;
});
client.on('networkError', (error) => console.log(`network error: ${error.message}`));
client.on('abort', () => {
  console.log('aborted');
  code = 4;
});
client.on('closed', () => process.exit(code));
client.send(host, Number(port), calling, called, { connectTimeout: 10000, associationTimeout: 20000, pduTimeout: 20000 });
