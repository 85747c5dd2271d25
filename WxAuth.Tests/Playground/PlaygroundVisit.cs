using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace WxAuth.Tests.Playground;

/// <summary>What somebody does on the playground, and what is then on show.</summary>
public sealed class PlaygroundVisit(BrowserVisit visit)
{
    // WeChat is down is a story of two waits of Retry-After and jitter.
    private const float StoryTimeout = 60_000;

    public BrowserVisit Browser => visit;

    public IPage Page => visit.Page;

    /// <summary>The sentence above the diagram.</summary>
    public ILocator Story => Page.Locator("#story");

    /// <summary>Presses the button of a story and waits until it is told.</summary>
    public async Task PlayAsync(string story)
    {
        await Page.Locator($"[data-story={story}]").ClickAsync();
        await WaitUntilToldAsync();
    }

    /// <summary>Waits until no story runs and everything that has happened is on show.</summary>
    public async Task WaitUntilToldAsync()
    {
        await Expect(Page.Locator("#stories [aria-busy]")).ToHaveCountAsync(0, new() { Timeout = StoryTimeout });
        await Expect(Page.Locator("#flow[data-playing=false]")).ToHaveCountAsync(1, new() { Timeout = StoryTimeout });
    }

    /// <summary>
    /// The diagram's rows, such as <c>phone>wxauth POST /api/auth/login ×2</c>; notes begin with <c>note</c>, what another phone does
    /// with <c>other</c>. Codes are left out.
    /// </summary>
    public Task<string[]> RowsAsync() => Page.EvaluateAsync<string[]>("""
        () => [...document.querySelectorAll('#flow > li')].map((row) => {
          const lane = (direction) => [...row.classList].find((name) => name.startsWith(direction)).slice(direction.length);
          const other = row.classList.contains('other') ? 'other ' : '';
          if (row.classList.contains('note')) return `${other}note ${row.textContent}`;
          const label = row.querySelector('.label code').textContent.replace(/ \S{4}…\S{4}/, '');
          const count = row.querySelector('.count');
          return `${other}${lane('from-')}>${lane('to-')} ${label}${count ? ' ' + count.textContent : ''}`;
        })
        """);

    /// <summary>The texts of the page in its language, by the page's own names.</summary>
    public Task<string> TextAsync(string expression) => Page.EvaluateAsync<string>($$"""
        async () => { const { text } = await import('/playground/texts.js'); return {{expression}}; }
        """);
}
