"""The gate as a code-review tool: `llmdas check` over files and folders, without any LLM, data or sandbox."""
