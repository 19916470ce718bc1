/** What is used of the library, which brings no types of its own. */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface Request {
    headers: Record<string, string>;
  }
  interface Options {
    dom_id: string;
    url: string;
    docExpansion: 'list' | 'full' | 'none';
    filter: boolean;
    persistAuthorization: boolean;
    requestInterceptor: (request: Request) => Request;
    validatorUrl: string | null;
  }
  export default function SwaggerUI(options: Options): unknown;
}
