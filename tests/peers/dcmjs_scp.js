// A provider of the Verification class: node dcmjs_scp.js MODULE PORT. Says on a line each what its peers do.
'use strict';

const [module_, port] = process.argv.slice(2);
const { Server, Scp, log } = require(module_);
const { CEchoResponse } = require(module_).responses;
const { PresentationContextResult, SopClass, Status } = require(module_).constants;

log.setLevel('error');

class Provider extends Scp {
  associationRequested(association) {
    console.log(`requested by ${association.getCallingAeTitle()} for ${association.getCalledAeTitle()}`);
    console.log(`implementation ${association.getImplementationClassUid()} ${association.getImplementationVersion()}`);
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const known = context.getAbstractSyntaxUid() === SopClass.Verification;
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

  associationReleaseRequested() {
    console.log('released');
    this.sendAssociationReleaseResponse();
  }

  abort(source, reason) {
    console.log(`aborted ${source},${reason}`);
  }
}

const server = new Server(Provider);
server.on('networkError', (error) => console.log(`network error: ${error.message}`));
server.listen(Number(port));
