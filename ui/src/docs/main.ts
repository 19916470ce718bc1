/** /api/docs: the server's own description of its API, to browse and to try. Nothing comes from elsewhere. */
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';

const dark = window.matchMedia('(prefers-color-scheme: dark)');
const setScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', setScheme);
setScheme();

SwaggerUI({
  dom_id: '#docs',
  url: '/api/docs/openapi.json',
  docExpansion: 'none',
  filter: true,
  persistAuthorization: false,
  // Whoever is logged in on the page may try calls without a token.
  requestInterceptor: (request) => ({ ...request, headers: { ...request.headers, 'X-Postern-Page': '1' } }),
  validatorUrl: null, // it would send the description to a server of the library's makers
});
