// A provider of Verification, and of storage where it has a folder: node dcmjs_scp.js MODULE PORT [FOLDER]. Says on a
// line each what its peers do; a data set is written as it comes, behind a Part 10 header.
'use strict';

const fs = require('fs');
const path = require('path');
const { Writable } = require('stream');

const [module_, port, folder] = process.argv.slice(2);
const { Server, Scp, log } = require(module_);
const { CEchoResponse, CStoreResponse } = require(module_).responses;
const { PresentationContextResult, SopClass, Status } = require(module_).constants;

log.setLevel('error');

let stored = 0;

class Provider extends Scp {
  associationRequested(association) {
    console.log(`requested by ${association.getCallingAeTitle()} for ${association.getCalledAeTitle()}`);
    console.log(`implementation ${association.getImplementationClassUid()} ${association.getImplementationVersion()}`);
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const known = folder !== undefined || context.getAbstractSyntaxUid() === SopClass.Verification;
      const [first] = context.getTransferSyntaxUids();
      context.setResult(
        known ? PresentationContextResult.Accept : PresentationContextResult.RejectAbstractSyntaxNotSupported,
        known ? first : undefined
      );
    }
    this.sendAssociationAccept();
  }

  cEchoRequest(request, callback) {
    console.log(`echo ${request.getMessageId()}`);
    const response = CEchoResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  createStoreWritableStream(context) {
    const parts = [];
    const stream = new Writable({
      write(part, _, done) {
        parts.push(Buffer.from(part));
        done();
      },
    });
    stream.parts = parts;
    stream.transferSyntax = context.getAcceptedTransferSyntaxUid();
    return stream;
  }

  createDatasetFromStoreWritableStream(stream, context, callback) {
    stored += 1;
    const bytes = Buffer.concat([header(stream.transferSyntax), ...stream.parts]);
    fs.writeFileSync(path.join(folder, `${stored}.dcm`), bytes);
    callback(undefined);
  }

  cStoreRequest(request, callback) {
    console.log(`store ${request.getMessageId()}`);
    const response = CStoreResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  associationReleaseRequested() {
    console.log('released');
    this.sendAssociationReleaseResponse();
  }

  abort(source, reason) {
    console.log(`aborted ${source},${reason}`);
  }
}

// Of group 0002 only what is needed to read the rest: (0002,0010).
function header(transferSyntax) {
  const value = Buffer.from(transferSyntax.length % 2 === 0 ? transferSyntax : `${transferSyntax}\0`);
  const element = Buffer.from([2, 0, 0x10, 0, 0x55, 0x49, value.length, 0]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element, value]);
}

const server = new Server(Provider);
server.on('networkError', (error) => console.log(`network error: ${error.message}`));
server.listen(Number(port));
