"""The platform in a browser: accounts, uploads, runs, corrections and consents around the engine of the command."""
