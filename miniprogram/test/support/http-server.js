'use strict';

const http = require('node:http');

/** A model server on a port of its own. Resolves to its address, and to what closes it. */
async function serve(model) {
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const answer = await model.deliver({
      method: request.method,
      path: request.url.split('?')[0],
      header: { Authorization: request.headers.authorization, 'Idempotency-Key': request.headers['idempotency-key'], 'User-Agent': request.headers['user-agent'] },
      data: body === '' ? undefined : JSON.parse(body)
    });
    response.writeHead(answer.statusCode, Object.assign({ 'Content-Type': 'application/json' }, answer.header));
    response.end(answer.statusCode === 204 ? undefined : JSON.stringify(answer.data));
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: 'http://127.0.0.1:' + server.address().port,
    close: () => new Promise(resolve => { server.close(resolve); server.closeAllConnections(); })
  };
}

module.exports = { serve };
