import './styles.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { makeQueryClient } from './queryClient';
import { askWhoItIs } from './session';
import { preload } from './views';

/** Milliseconds for the first answers: what comes by then spares the reader a picture of waiting. */
const PATIENCE = 150;

const queryClient = makeQueryClient();
const wanted = Promise.all([askWhoItIs(queryClient), preload(window.location.pathname)]);
const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
void Promise.race([wanted, patience]).then(() =>
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <App queryClient={queryClient} />
    </StrictMode>,
  ),
);
