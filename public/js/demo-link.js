// The demo bank's stand-in for Plaid's Link, with the same contract: Plaid.create({ token, onSuccess, onExit }).open().
(() => {
  const ask = async (method, path, body) => {
    const response = await fetch(`/demo-bank/${path}`, {
      method,
      headers: { Accept: 'application/json', ...(body ? { 'Content-Type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok)
      throw Object.assign(new Error(answer.error), {
        error_type: 'INVALID_INPUT',
        error_code: 'INVALID_LINK_TOKEN',
        error_message: answer.error,
        display_message: null,
      });
    return answer;
  };

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  function create({ token, onSuccess, onExit = () => {}, onLoad = () => {}, onEvent = () => {}, receivedRedirectUri }) {
    const dialog = element('dialog', 'dialog');
    dialog.id = 'demo-link';
    dialog.setAttribute('aria-labelledby', 'demo-link-title');
    let isDone = false;
    const close = () => {
      dialog.close();
      dialog.remove();
    };
    dialog.addEventListener('cancel', () => exit(null));
    const exit = (error) => {
      if (isDone) return;
      isDone = true;
      close();
      onEvent('EXIT', {});
      onExit(error, { institution: null, status: null, link_session_id: token, request_id: '' });
    };

    const show = (title, text, content) => {
      const heading = element('h2', '', title);
      heading.id = 'demo-link-title';
      const actions = element('div', 'header-actions');
      const cancel = element('button', 'btn btn-secondary', 'Cancel');
      cancel.type = 'button';
      cancel.addEventListener('click', () => exit(null));
      actions.append(cancel);
      dialog.replaceChildren(heading, element('p', 'quiet', text), content, actions);
      return actions;
    };

    /** The bank signs people in on its own pages, and sends the browser back from there. */
    const leaveFor = (institution) => {
      const query = new URLSearchParams({ link_token: token, institution_id: institution.institution_id });
      location.assign(`/demo-bank/sign-in?${query}`);
    };

    const finish = ({ public_token: publicToken, metadata }) => {
      isDone = true;
      close();
      onEvent('HANDOFF', {});
      onSuccess(publicToken, metadata);
    };

    const connect = (institution, mode) => {
      const note = element('p', 'note', 'This is a demonstration: no password is asked for, and nothing leaves this machine.');
      const actions = show(
        mode === 'repair' ? `Sign in to ${institution.name} again` : `Sign in to ${institution.name}`,
        institution.oauth ? 'You sign in on its own page, and come back here.' : 'All accounts are shared, read-only.',
        note,
      );
      const agree = element('button', 'btn btn-primary', mode === 'repair' ? 'Reconnect' : 'Connect');
      agree.type = 'button';
      agree.dataset.demoConnect = '';
      agree.addEventListener('click', async () => {
        agree.disabled = true;
        if (institution.oauth) return leaveFor(institution);
        try {
          finish(await ask('POST', 'connect', { link_token: token, institution_id: institution.institution_id }));
        } catch (error) {
          exit(error);
        }
      });
      actions.append(agree);
      agree.focus();
    };

    return {
      open: async () => {
        document.body.append(dialog);
        dialog.showModal();
        onEvent('OPEN', {});
        try {
          if (receivedRedirectUri) {
            const state = new URL(receivedRedirectUri).searchParams.get('oauth_state_id');
            return finish(await ask('POST', 'returned', { link_token: token, oauth_state_id: state ?? '' }));
          }
          const { mode, institutions } = await ask('GET', `session?link_token=${encodeURIComponent(token)}`);
          if (mode === 'repair') return connect(institutions[0], mode);
          const list = element('ul', 'choice-list');
          for (const institution of institutions) {
            const item = element('li');
            const choice = element('button', 'choice', institution.name);
            choice.type = 'button';
            choice.dataset.demoInstitution = institution.institution_id;
            choice.addEventListener('click', () => connect(institution, mode));
            item.append(choice);
            list.append(item);
          }
          show('Choose your institution', 'Made-up institutions of the demo bank.', list);
          onLoad();
        } catch (error) {
          exit(error);
        }
      },
      exit: () => exit(null),
      destroy: close,
      submit: () => {},
    };
  }

  globalThis.Plaid = { create };
})();
