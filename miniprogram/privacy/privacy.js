const { createPrivacy } = require('../wxauth.js');

/** @typedef {import('../wxauth').WxAuthPrivacyAsk} Ask */
/** What each window keeps beside its data. @typedef {{ ask: Ask, show: (ask: Ask) => void, stop: () => void }} Own */
/** @type {(component: any) => Own} */
const own = component => component;

/** One for all pages: WeChat knows one listener alone. @type {import('../wxauth').WxAuthPrivacy} */
let privacy;

/**
 * Asks for consent to the privacy text when something personal is needed, in place of WeChat's own window. Put it on every page that
 * has a phone number button, an avatar button or the like; the page in front is the one that asks.
 */
Component({
  data: {
    shown: false,
    contractName: ''
  },

  lifetimes: {
    attached() {
      privacy = privacy || createPrivacy();
      own(this).show = ask => {
        own(this).ask = ask;
        this.setData({ shown: true });
        privacy.check().then(({ contractName }) => this.setData({ contractName }), () => {});
      };
      own(this).stop = privacy.onNeeded(own(this).show);
    },

    detached() {
      own(this).stop();
    }
  },

  pageLifetimes: {
    /** In front again, perhaps from another page that has a window of its own. */
    show() {
      own(this).stop = privacy.onNeeded(own(this).show);
    }
  },

  methods: {
    agree() {
      own(this).ask.agree('wxauth-privacy-agree');
      this.setData({ shown: false });
    },

    refuse() {
      own(this).ask.disagree();
      this.setData({ shown: false });
    },

    read() {
      privacy.openContract().catch(() => wx.showToast({ title: '暂时打不开，请稍后再试', icon: 'none' }));
    },

    nothing() {}
  }
});
