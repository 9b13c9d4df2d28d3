import { Controller, Header } from '@nestjs/common';
import { ROUTES } from '@vigil/contracts';
import { VIGIL_VERSION } from '@vigil/service';
import { Endpoint } from '../http/endpoint.js';
import { apiPage } from './api-page.js';
import { openApiDocument } from './openapi.js';

/** The API described for programs and for people. */
@Controller()
export class ApiDocumentController {
  private document: ReturnType<typeof openApiDocument> | undefined;

  @Endpoint(ROUTES.apiDocument)
  openApi() {
    // made when it is first asked for: most collectors never are
    this.document ??= openApiDocument(ROUTES, VIGIL_VERSION);
    return this.document;
  }

  @Endpoint(ROUTES.apiPage)
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  page(): string {
    return apiPage(ROUTES, this.openApi(), VIGIL_VERSION);
  }
}
