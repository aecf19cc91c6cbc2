// Runs before anything else of the page: what the policy refuses and what goes wrong unheard.
window.refused = [];
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => window.refused.push(`${violatedDirective} ${blockedURI} (${sourceFile})`));
