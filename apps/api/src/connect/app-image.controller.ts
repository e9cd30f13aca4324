import { Controller, Get, Header, Param } from '@nestjs/common';
import { html } from 'ghtml';
import { Apps } from '#libs/catalog';
import { problem } from '#libs/errors';

/** A tile with an app's initial, for apps whose document names no image. */
@Controller('app-images')
export class AppImageController {
  constructor(private readonly apps: Apps) {}

  @Get(':file')
  @Header('content-type', 'image/svg+xml')
  @Header('cache-control', 'public, max-age=3600')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  async image(@Param('file') file: string): Promise<string> {
    const app = await this.apps.byKey(file.replace(/\.svg$/, ''));
    if (!app) throw problem('not_found', 'There is no such image.');
    return tile(app.title);
  }

  /** For an app of an upstream, which is known to its tenant alone. */
  @Get('initials/:file')
  @Header('content-type', 'image/svg+xml')
  @Header('cache-control', 'public, max-age=3600')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  initial(@Param('file') file: string): string {
    return tile(file.charAt(0));
  }
}

function tile(title: string): string {
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
      ${title.charAt(0).toUpperCase()}
    </text>
  </svg>`;
}
