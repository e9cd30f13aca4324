import { Controller, Get, Header, Param } from '@nestjs/common';
import { html } from 'ghtml';
import { Apps } from '#libs/catalog';
import { problem } from '#libs/errors';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** A tile with an app's initial, for apps whose document names no image. */
@Controller('app-images')
export class AppImageController {
  constructor(private readonly apps: Apps) {}

  @Get(':file')
  @Header('content-type', 'image/svg+xml')
  @Header('cache-control', 'public, max-age=3600')
  @Header('content-security-policy', POLICY)
  async image(@Param('file') file: string): Promise<string> {
    const key = file.replace(/\.svg$/, '');
    const title = nameThere(key) ?? (await this.apps.byKey(key))?.title;
    if (title === undefined) throw problem('not_found', 'There is no such image.');
    return tile(title);
  }

  /** For apps that a tenant alone knows. */
  @Get('initials/:file')
  @Header('content-type', 'image/svg+xml')
  @Header('cache-control', 'public, max-age=3600')
  @Header('content-security-policy', POLICY)
  initial(@Param('file') file: string): string {
    return tile(file.replace(/\.svg$/, ''));
  }
}

function tile(title: string): string {
  const [initial = ''] = title;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" role="img" aria-label="${title}">
    <rect width="128" height="128" rx="28" fill="#2f5bea" />
    <text
      x="64"
      y="64"
      dy=".35em"
      text-anchor="middle"
      fill="#fff"
      font-family="system-ui, sans-serif"
      font-size="64"
      font-weight="600"
    >
      ${initial.toUpperCase()}
    </text>
  </svg>`;
}

/** Whatever stands behind an upstream's name: whose app it is, and whether there is one, this page does not tell. */
function nameThere(key: string): string | undefined {
  const [, upstream, remoteKey] = /^([a-z0-9_-]+)(?:\.(.{1,200})|:account)$/u.exec(key) ?? [];
  return remoteKey ?? upstream;
}
