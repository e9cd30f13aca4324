import { startHttpServer, type HttpServer } from '#libs/testing';

/** Any page of a partner's: it keeps what other windows tell it in `heard`. */
const PAGE = '<title>notes</title><script>heard=[];addEventListener("message",(e)=>heard.push(e.data))</script>';

export async function startPartnerPage(): Promise<HttpServer> {
  const site = await startHttpServer();
  site.answerWith((request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE));
  return site;
}
