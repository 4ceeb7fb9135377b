"""Every screen and message filled with the longest and strangest data, for Slack's validator and the tests."""
