"""The desk: what needs an official's action, drafts and their approval, saved views, search, exports, mails."""
