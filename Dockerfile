# For GPU Spaces and any host with the NVIDIA container runtime: the page, and vLLM behind it.
# The CPU variant: docker build --build-arg VARIANT=cpu .
FROM python:3.11-slim-bookworm
ARG VARIANT=gpu

# Triton compiles small C files when vLLM starts.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 1000 user
USER user
ENV HOME=/home/user PATH=/home/user/.local/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /home/user/app

COPY --chown=user requirements*.txt constraints.txt ./
# PyPI's torch carries CUDA; the CPU variant takes PyTorch's own CPU build.
ARG TORCH_CPU_INDEX=https://download.pytorch.org/whl/cpu
RUN if [ "$VARIANT" = cpu ]; then \
        pip install --no-cache-dir --user --index-url "$TORCH_CPU_INDEX" torch==2.13.0 && \
        pip install --no-cache-dir --user -r requirements.txt -c constraints.txt; \
    else \
        pip install --no-cache-dir --user -r requirements-gpu.txt; \
    fi
COPY --chown=user . .
RUN pip install --no-cache-dir --user --no-deps .

ENV RANKR1_HOST=0.0.0.0 RANKR1_PORT=7860 RANKR1_HOME=/home/user/data VLLM_NO_USAGE_STATS=1
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"
CMD ["python", "app.py"]
