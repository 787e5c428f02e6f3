// A registry on loopback with one image that has nothing in it, for PublishContainer to build on: the real base image is
// the same under both ways to an image. Prints its port.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

const hash = bytes => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const files = gzipSync(Buffer.alloc(1024)),
  empty = hash(Buffer.alloc(1024));
const config = Buffer.from(
  JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/bin', 'ASPNETCORE_HTTP_PORTS=8080'], User: '0' },
    rootfs: { type: 'layers', diff_ids: [empty] },
    history: [{ created: '1970-01-01T00:00:00Z' }],
  }),
);
const blob = (bytes, mediaType) => ({ mediaType, size: bytes.length, digest: hash(bytes) });
const type = 'application/vnd.docker.distribution.manifest.v2+json';
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: blob(config, 'application/vnd.docker.container.image.v1+json'),
    layers: [blob(files, 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
  }),
);
const blobs = new Map([config, files, manifest].map(one => [hash(one), one]));

createServer((request, response) => {
  const [, kind, name] = /\/(manifests|blobs)\/(.+)$/.exec(request.url) ?? [];
  const body = kind === 'manifests' ? manifest : blobs.get(name);
  if (request.url === '/v2/') return response.end('{}');
  if (!body) return response.writeHead(404).end();
  response.writeHead(200, {
    'Content-Type': kind === 'manifests' ? type : 'application/octet-stream',
    'Docker-Content-Digest': hash(body),
    'Content-Length': body.length,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
